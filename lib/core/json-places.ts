/** A member of an object or an element of an array, and where in the text it begins. */
export interface JsonPlace {
  /** Changes while the walk goes on: copy what is kept. */
  readonly path: readonly (string | number)[];
  readonly offset: number;
  /** The object had this member already: `JSON.parse` keeps the last one only. */
  readonly repeated: boolean;
}

interface Frame {
  readonly names: Set<string> | null;
  at: string | number;
}

/**
 * Walks over a text that `JSON.parse` takes, without recursion, so that no nesting is too deep for it. It tells what
 * parsing hides: where things stand, and members that are there twice.
 */
export function* jsonPlaces(text: string): Generator<JsonPlace> {
  const frames: Frame[] = [];
  const path: (string | number)[] = [];
  let offset = 0;
  let expectsName = false;

  const element = function* (): Generator<JsonPlace> {
    const frame = frames.at(-1);
    if (!frame || frame.names) return;
    frame.at = Number(frame.at) + 1;
    path[frames.length - 1] = frame.at;
    yield { path, offset, repeated: false };
  };

  while (offset < text.length) {
    const sign = text.charAt(offset);
    if (sign === '"') {
      const end = endOfString(text, offset);
      const frame = frames.at(-1);
      if (expectsName && frame?.names) {
        const name = JSON.parse(text.slice(offset, end)) as string;
        path[frames.length - 1] = name;
        yield { path, offset, repeated: frame.names.has(name) };
        frame.names.add(name);
        expectsName = false;
      } else {
        yield* element();
      }
      offset = end;
    } else if (sign === '{' || sign === '[') {
      yield* element();
      frames.push(sign === '{' ? { names: new Set(), at: '' } : { names: null, at: -1 });
      expectsName = sign === '{';
      offset += 1;
    } else if (sign === '}' || sign === ']') {
      frames.pop();
      path.length = frames.length;
      offset += 1;
    } else if (sign === ',') {
      expectsName = (frames.at(-1)?.names ?? null) !== null;
      offset += 1;
    } else if (sign === ':' || /\s/.test(sign)) {
      offset += 1;
    } else {
      yield* element();
      while (offset < text.length && !/[\s,\]}]/.test(text.charAt(offset))) offset += 1;
    }
  }
}

/** After the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charAt(before - 1) === '\\') before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Line and column, both from 1. */
export function lineAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1 };
}
