import { commonCopy } from '@/lib/core/copy/common';
import { errorText } from '@/lib/core/copy/errors';
import { popupCopy } from '@/lib/core/copy/popup';
import { AppError, toAppError } from '@/lib/core/errors';
import type { Variable } from '@/lib/core/variables';
import type { ClipboardView } from '@/lib/messaging/views';
import { useOutside } from '@/lib/ui/client';
import { dismissToast, showToast } from '@/lib/ui/toasts';

/** Says in a toast what went wrong. */
export function showFailure(error: unknown): void {
  const { sentence, next } = errorText(toAppError(error));
  showToast({ tone: 'bad', title: sentence, text: `${next}.` });
}

/** The toast that counts down until the clipboard is cleared. */
export function showCountdown({ name, clearsAt }: ClipboardView, clear: () => Promise<void>): void {
  const cleared = { title: commonCopy.clipboardCleared };
  showToast({
    title: popupCopy.variables.valueCopied(name),
    until: clearsAt,
    countdown: commonCopy.clipboardClears,
    spoken: commonCopy.clipboardClearsSpoken(name, Math.max(0, Math.ceil((clearsAt - Date.now()) / 1000))),
    after: cleared,
    action: {
      label: commonCopy.clearNow,
      run: () => {
        dismissToast();
        clear().then(() => showToast(cleared), showFailure);
      },
    },
  });
}

/** Copies placeholders and values. A value passes through here and is not kept. */
export function useCopy() {
  const { client, copyText } = useOutside();

  async function write(text: string): Promise<void> {
    try {
      await copyText(text);
    } catch {
      throw new AppError('clipboard-denied');
    }
  }

  return {
    /** `{{vault:NAME}}`; no value, so nothing is cleared later. */
    copyPlaceholder: async (name: string): Promise<boolean> => {
      try {
        await write(popupCopy.placeholder(name));
        showToast({ title: popupCopy.variables.placeholderCopied(name) });
        return true;
      } catch (error) {
        showFailure(error);
        return false;
      }
    },
    /**
     * The value, after which the worker counts down to clearing the clipboard.
     *
     * @param mine Gets the draft's value; left out, the one in use is copied.
     * @param within With `mine`: the JSON variable that the name leads into.
     */
    copyValue: async (
      environmentId: string,
      name: string,
      mine?: () => Promise<Variable | null>,
      within?: string,
    ): Promise<boolean> => {
      try {
        const variable = await (mine ? mine() : client('environment/value', { environmentId, name }));
        if (!variable) {
          showToast({ tone: 'bad', title: popupCopy.variables.valueGone(name) });
          return false;
        }
        await write(variable.text);
        showToast({ title: popupCopy.variables.valueCopied(name) });
        await client('clipboard/copied', {
          environmentId,
          name,
          ...(mine && { side: 'mine', ...(within !== undefined && { within }) }),
        });
        return true;
      } catch (error) {
        showFailure(error);
        return false;
      }
    },
  };
}
