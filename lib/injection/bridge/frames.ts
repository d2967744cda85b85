import type { Framed } from './contract';

/**
 * How this frame is embedded. Asked anew for each request; this world's `origin` and `parent` are the
 * browser's own, whatever the page has put in their place.
 */
export function framing(start: Window = window): Framed {
  let frame = start;
  while (frame.parent !== frame) {
    frame = frame.parent;
    try {
      // Also for about:blank, which has its creator's origin; `document.domain` does not change it.
      if (frame.origin !== start.origin) return 'foreign';
    } catch {
      return 'foreign';
    }
  }
  return frame === start ? 'top' : 'same-origin';
}
