import { isJsonObject, parseJson } from '@/lib/core/variables';

/** A line of a value as it is shown; `differs` marks what another value has otherwise. */
export interface ValueLine {
  readonly indent: string;
  readonly text: string;
  readonly differs: boolean;
}

function asObject(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Names of the members that two JSON objects do not share, as dotted names below `name`; empty when one is no object. */
export function differingMembers(name: string, a: string | null, b: string | null): string[] {
  const [one, other] = [asObject(a), asObject(b)];
  if (!one || !other) return [];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((member) => !same(one[member], other[member]))
    .map((member) => `${name}.${member}`);
}

/** A JSON object line by line, each member marked that `other` has otherwise; anything else as it stands. */
export function markedLines(text: string, other: string | null): ValueLine[] {
  const [mine, theirs] = [asObject(text), asObject(other)];
  if (!mine || !theirs) return [{ indent: '', text, differs: false }];
  const members = Object.entries(mine);
  return [
    { indent: '', text: '{', differs: false },
    ...members.flatMap(([member, value], index) => {
      const comma = index < members.length - 1 ? ',' : '';
      const written = `${JSON.stringify(member)}: ${JSON.stringify(value, null, 2)}${comma}`;
      const differs = !same(value, theirs[member]);
      return written.split('\n').map((line) => {
        const text = line.trimStart();
        return { indent: ' '.repeat(2 + line.length - text.length), text, differs };
      });
    }),
    { indent: '', text: '}', differs: false },
  ];
}
