import { noticeCopy } from '@/lib/core/copy/wire';
import type { HoldReason } from '@/lib/injection/contract';

const STOPPED_MS = 8_000;

type Style = Partial<Record<keyof CSSStyleDeclaration, string>>;

/** By CSSOM, which no page's Content Security Policy forbids. */
function element(tag: string, style: Style, text = ''): HTMLElement {
  const made = document.createElement(tag);
  Object.assign(made.style, style);
  made.textContent = text;
  return made;
}

const CARD: Style = {
  all: 'initial',
  colorScheme: 'light dark',
  position: 'fixed',
  inset: '12px 12px auto auto',
  zIndex: '2147483647',
  boxSizing: 'border-box',
  maxWidth: '320px',
  padding: '10px 12px',
  borderRadius: '8px',
  border: '1px solid light-dark(#b8480a, #e8762f)',
  background: 'light-dark(#fdefe3, #38210f)',
  color: 'light-dark(#161b21, #e8ecf1)',
  font: '13px/1.45 system-ui, sans-serif',
  boxShadow: '0 6px 20px rgb(0 0 0 / 18%)',
};

export interface NoticeHold {
  readonly reason: HoldReason;
  readonly names: readonly string[];
}

/** The small notice inside the page: names only, and where to answer. The page cannot look into it. */
export function createNotice() {
  const held = new Map<string, NoticeHold>();
  let host: HTMLElement | null = null;
  let dismissed = false;
  let stopped: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function lines(): [title: string, text: string, hint: string] | null {
    const [first] = held.values();
    if (first) {
      const names = [...new Set([...held.values()].flatMap((one) => one.names))].join(', ');
      return [noticeCopy.held(held.size), noticeCopy.reason[first.reason](names), noticeCopy.where];
    }
    return stopped === null ? null : [noticeCopy.stopped, stopped, ''];
  }

  function draw(): void {
    host?.remove();
    host = null;
    const text = dismissed ? null : lines();
    if (!text) return;
    const [title, body, hint] = text;
    host = element('keyferry-notice', { all: 'initial' });
    const card = element('div', CARD);
    card.setAttribute('role', 'status');
    const close = element(
      'button',
      {
        all: 'initial',
        float: 'right',
        cursor: 'pointer',
        padding: '0 4px',
        marginLeft: '8px',
        color: 'inherit',
        font: 'inherit',
      },
      '×',
    );
    close.setAttribute('aria-label', noticeCopy.dismiss);
    close.addEventListener('click', () => {
      dismissed = true;
      draw();
    });
    card.append(
      close,
      element('strong', { display: 'block', fontWeight: '600' }, title),
      element('span', { display: 'block', overflowWrap: 'anywhere' }, body),
      element('span', { display: 'block', color: 'light-dark(#434a54, #bac2cc)' }, hint),
    );
    host.attachShadow({ mode: 'closed' }).append(card);
    document.documentElement?.append(host);
  }

  return {
    hold(id: string, hold: NoticeHold): void {
      if (held.size === 0) dismissed = false;
      held.set(id, hold);
      draw();
    },
    release(id: string): void {
      if (held.delete(id)) draw();
    },
    /** For failures that the page itself cannot show. */
    stopped(message: string): void {
      stopped = message;
      dismissed = false;
      draw();
      clearTimeout(timer);
      timer = setTimeout(() => {
        stopped = null;
        draw();
      }, STOPPED_MS);
    },
  };
}
export type Notice = ReturnType<typeof createNotice>;
