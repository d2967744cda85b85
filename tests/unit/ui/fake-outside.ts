import { AppError } from '@/lib/core/errors';
import type { Client } from '@/lib/messaging/client';
import type { MessageKind, RequestOf, ResponseOf } from '@/lib/messaging/protocol';
import type { UiEvent } from '@/lib/messaging/views';
import type { Outside } from '@/lib/ui/client';

type Answers = {
  [Kind in MessageKind]?: (request: RequestOf<Kind>) => ResponseOf<Kind> | Promise<ResponseOf<Kind>>;
};

/** A worker and a browser that answer what a test tells them, and remember what they were asked, in order. */
export function createFakeOutside(answers: Answers = {}) {
  const asked: (readonly [what: string, detail: unknown])[] = [];
  const listeners = new Set<(event: UiEvent) => void>();
  let access: boolean | Promise<boolean> = true;
  let clipboard: string | null = null;
  let saved: string | null = null;
  let clipboardRefused = false;
  let clipboardReading = false;
  let popupOpens = true;

  const client: Client = async <Kind extends MessageKind>(kind: Kind, request: RequestOf<Kind>) => {
    asked.push([kind, request]);
    const answer = answers[kind];
    if (!answer) throw new AppError('bad-message');
    return answer(request);
  };

  const outside: Outside = {
    client,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    requestHostAccess: async (...patterns) => {
      asked.push(['access', patterns]);
      return access;
    },
    canReadClipboard: async () => clipboardReading,
    setClipboardReading: async (wanted) => {
      asked.push(['clipboard-reading', wanted]);
      clipboardReading = wanted && (await access);
      return clipboardReading;
    },
    openPopup: async () => {
      asked.push(['popup', null]);
      return popupOpens;
    },
    openOptions: async (route) => {
      asked.push(['options', route]);
    },
    openTab: async (url) => {
      asked.push(['tab', url]);
    },
    reloadTab: async (tabId) => {
      asked.push(['reload', tabId]);
    },
    saveFile: (name, text) => {
      asked.push(['save-file', name]);
      saved = text;
    },
    copyText: async (text) => {
      if (clipboardRefused) throw new DOMException('', 'NotAllowedError');
      asked.push(['clipboard', null]);
      clipboard = text;
    },
  };

  return {
    outside,
    answers,
    /** What was asked, by name, without the views that are only looked at. */
    asked: () => asked.filter(([what]) => !what.endsWith('/view')),
    names: () => asked.filter(([what]) => !what.endsWith('/view')).map(([what]) => what),
    emit: (event: UiEvent) => {
      for (const listener of listeners) listener(event);
    },
    clipboard: () => clipboard,
    /** The text of the last file that was saved. */
    saved: () => saved,
    refuseAccess: () => {
      access = false;
    },
    /** The browser's question stays open until this is settled. */
    holdAccess: (answer: Promise<boolean>) => {
      access = answer;
    },
    refusePopup: () => {
      popupOpens = false;
    },
    refuseClipboard: () => {
      clipboardRefused = true;
    },
  };
}

export type FakeOutside = ReturnType<typeof createFakeOutside>;
