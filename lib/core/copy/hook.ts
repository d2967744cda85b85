/** The only texts inside the page's own script; all others come from the bridge. Kept apart to keep it small. */
export const hookCopy = {
  orphaned: 'Keyferry: Keyferry was updated or is not running here. Reload the page.',
  synchronous:
    'Keyferry: A synchronous request cannot be filled, so it was not sent. Send it asynchronously.',
} as const;
