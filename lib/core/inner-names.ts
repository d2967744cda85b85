import { isPlaceholderName } from './placeholders';
import { follow, isJsonObject, LONGEST_NAME, parseJson, type Variable } from './variables';

/** A name that leads into a JSON variable, without the value that is there. */
export interface InnerName {
  /** As placeholders use it: `db.password`, `hosts.0`. */
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';
  /** Of an object or array, else `null`. */
  readonly members: number | null;
  /** 1 for a member of the variable itself. */
  readonly depth: number;
}

/** The names inside of one variable, as far as they were asked for. */
export interface InnerNames {
  readonly of: string;
  /** The first of them. */
  readonly names: readonly InnerName[];
  /** How many there are. */
  readonly found: number;
  /** Members that no placeholder leads to. */
  readonly leftOut: number;
}

/** Names inside of variables that nobody opened, all together: a search in a large set shows no more at once. */
const MOST_FOUND = 200;

// A member's name with a dot, or with a sign that no placeholder has, is reached by no path, nor is what is inside of it.
const REACHED = /^[A-Za-z0-9_-]*$/;

/**
 * Finds the names that lead into the JSON variables of a set: exactly those that a placeholder resolves to a value inside
 * of the variable, see `follow`. A dotted name that a variable of its own has, or that a variable with a longer name
 * answers for, is not one of this variable.
 */
export function createInnerNames(variables: readonly Variable[]) {
  const named = new Map<string, Variable>();
  for (const variable of variables) if (!named.has(variable.name)) named.set(variable.name, variable);
  const parsed = new Map<Variable, unknown>();
  const valueOf = (variable: Variable): unknown => {
    if (!parsed.has(variable)) parsed.set(variable, parseJson(variable.text));
    return parsed.get(variable);
  };

  /**
   * Visits the names inside of a variable, in the order in which they are written, and keeps none: of a deeply nested
   * value they are together far longer than it.
   *
   * @returns How many members were left out, as no placeholder leads to them here.
   */
  return (owner: Variable, visit: (inner: InnerName) => void): number => {
    if (owner.type !== 'json') return 0;
    const start = `${owner.name}.`;
    const isNameable = isPlaceholderName(owner.name);
    // Only a variable whose own name begins so can answer in this one's place.
    const hasRivals = variables.some(({ name }) => name.startsWith(start));
    const leadsHere = (name: string) =>
      !hasRivals || follow(name, (wanted) => named.get(wanted), valueOf)?.variable === owner;

    let leftOut = 0;
    // Without recursion, so that no nesting is too deep.
    const open = [{ start, entries: entriesOf(valueOf(owner)) }];
    for (let level = open.at(-1); level; level = open.at(-1)) {
      const next = level.entries.next();
      if (next.done) {
        open.pop();
        continue;
      }
      const [key, value] = next.value;
      const name = level.start + key;
      if (!isNameable || !REACHED.test(key) || name.length > LONGEST_NAME) {
        leftOut += 1;
        continue;
      }
      if (leadsHere(name)) visit({ name, ...kindOf(value), depth: open.length });
      else leftOut += 1;
      // Inside of a member that another variable answers for, names lead here again.
      open.push({ start: `${name}.`, entries: entriesOf(value) });
    }
    return leftOut;
  };
}

/**
 * The names inside of those JSON variables that are open, and of those in which a search finds something that it does
 * not find in the variable's own name.
 *
 * @param query Only names that hold it are listed; '' for all.
 * @param open With how many names of each are wanted.
 */
export function listInside(
  variables: readonly Variable[],
  query: string,
  open: readonly (readonly [name: string, most: number])[],
): InnerNames[] {
  const visitInside = createInnerNames(variables);
  const asked = new Map(open);
  const wanted = query.toLowerCase();
  const holds = (name: string) => name.toLowerCase().includes(wanted);
  let room = MOST_FOUND;
  return variables.flatMap((variable) => {
    const most = asked.get(variable.name);
    if (most === undefined && holds(variable.name)) return [];
    const names: InnerName[] = [];
    let found = 0;
    const leftOut = visitInside(variable, (inner) => {
      if (!holds(inner.name)) return;
      found += 1;
      if (names.length < (most ?? room)) names.push(inner);
    });
    if (most === undefined) {
      if (found === 0) return [];
      room -= names.length;
    }
    return [{ of: variable.name, names, found, leftOut }];
  });
}

function* entriesOf(value: unknown): Generator<readonly [key: string, value: unknown]> {
  if (!isJsonObject(value) && !Array.isArray(value)) return;
  for (const key of Object.keys(value)) yield [key, (value as Record<string, unknown>)[key]];
}

function kindOf(value: unknown): Pick<InnerName, 'type' | 'members'> {
  if (Array.isArray(value)) return { type: 'array', members: value.length };
  if (isJsonObject(value)) return { type: 'object', members: Object.keys(value).length };
  if (value === null) return { type: 'null', members: null };
  const type = typeof value;
  // A number that keeps its digits is parsed as raw JSON.
  return { type: type === 'string' || type === 'boolean' ? type : 'number', members: null };
}
