import type { Identity, MessageSender } from './router';

/** The only documents of ours that may command the worker, and that it tells its news. */
const OWN_PAGES = ['/popup.html', '/options.html'];

/** Whether the sender is a document of the extension's own origin, whichever one. */
export function isOfOwnOrigin({ url }: Pick<MessageSender, 'url'>, self: Identity): boolean {
  return url?.startsWith(`${self.origin}/`) === true;
}

/** Whether the sender is the popup or the options page, by exact path and in no frame. */
export function isOwnPage(sender: MessageSender, self: Identity): boolean {
  return (
    sender.id === self.id &&
    sender.url !== undefined &&
    isOfOwnOrigin(sender, self) &&
    OWN_PAGES.includes(new URL(sender.url).pathname) &&
    (sender.frameId ?? 0) === 0
  );
}
