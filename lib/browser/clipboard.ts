/** Clearing the clipboard from a document that has no focus (offscreen document, Firefox's event page). */

/**
 * Puts an empty text on the clipboard. `document.execCommand` is the only way without focus
 * (https://developer.chrome.com/docs/extensions/reference/api/offscreen#example_maintain_an_offscreen_document).
 */
export function clearClipboard(document: Document): void {
  const clear = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', '');
    event.preventDefault();
  };
  document.addEventListener('copy', clear, { once: true });
  const field = document.createElement('textarea');
  // Something must be selected for the command to be enabled.
  field.value = ' ';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  document.removeEventListener('copy', clear);
  field.remove();
}

/** The clipboard's text, with the optional `clipboardRead` permission; `null` without it. */
function readClipboard(document: Document): string | null {
  const field = document.createElement('textarea');
  document.body.append(field);
  field.focus();
  const read = document.execCommand('paste');
  const { value } = field;
  field.remove();
  return read ? value : null;
}

/** A countdown on the clipboard; a new copy moves it. */
export function createClipboardTimer(document: Document, cleared: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = () => {};
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
    over();
  };
  return {
    /**
     * @param onlyIf Cleared only when the clipboard still holds this text (where it can be read).
     * @returns Resolves when this countdown is over: it has cleared, was stopped, or another took its place.
     */
    clearAt(at: number, onlyIf: string | null): Promise<void> {
      stop();
      const { promise, resolve } = Promise.withResolvers<void>();
      over = resolve;
      timer = setTimeout(
        () => {
          stop();
          const held = onlyIf === null ? null : readClipboard(document);
          if (held === null || held === onlyIf) clearClipboard(document);
          cleared();
        },
        Math.max(0, at - Date.now()),
      );
      return promise;
    },
    keep: stop,
    isCounting: (): boolean => timer !== undefined,
  };
}
