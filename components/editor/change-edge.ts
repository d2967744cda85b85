/** The coloured edge of a row that changed, on its first cell; the word stands beside it. */
export const CHANGE_EDGE = {
  same: '',
  new: '*:first:shadow-[inset_3px_0_0_var(--kf-good-solid)]',
  edited: '*:first:shadow-[inset_3px_0_0_var(--kf-accent)]',
  removed: '*:first:shadow-[inset_3px_0_0_var(--kf-bad-solid)]',
} as const;
