/**
 * A variable's value as text. `string` holds the string itself; `json` the exact JSON text of any
 * other value (so 9007199254740993 and 1.10 keep their digits); `binary` base64.
 */
export interface Variable {
  readonly name: string;
  readonly type: 'string' | 'json' | 'binary';
  readonly text: string;
}

/** Characters of the longest name that a message carries. */
export const LONGEST_NAME = 4096;

/**
 * How the provider keeps a secret. `object` is the usual JSON object of variables; the others come
 * from AWS only and are shown as one variable named `VALUE`.
 */
export type SecretForm = 'object' | 'json' | 'text' | 'binary';

export interface SecretContent {
  readonly form: SecretForm;
  readonly variables: readonly Variable[];
}

/** The one variable of a secret that is no JSON object. */
export const WHOLE_SECRET = 'VALUE';

interface RawJson {
  readonly rawJSON: string;
}

/** The parts of the JSON source-text proposal that TypeScript does not know yet. */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawJson;
}

// A number that `JSON.parse` may not give back digit for digit: long, fractional, with an exponent, or -0.
const FRAGILE_NUMBER = /\d{16}|\d[.eE]|-0/;

/**
 * Parses JSON without losing digits: numbers whose text would change become raw JSON, which
 * `JSON.stringify` writes as it stood. (Source text access: https://tc39.es/proposal-json-parse-with-source/,
 * Chromium 114, Firefox 135.)
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  if (!FRAGILE_NUMBER.test(text)) return JSON.parse(text);
  const json = JSON as unknown as JsonWithSource;
  return json.parse(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? json.rawJSON(context.source)
      : value,
  );
}

/** A JSON value as a variable: strings as they are, everything else as its exact JSON text. */
export function toVariable(name: string, value: unknown): Variable {
  return typeof value === 'string'
    ? { name, type: 'string', text: value }
    : { name, type: 'json', text: JSON.stringify(value) };
}

/** Whether a parsed JSON value is an object with members (not `null`, an array or a raw number). */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value);
}

function isRawJson(value: object): boolean {
  return Object.getPrototypeOf(value) === null && Object.isFrozen(value) && 'rawJSON' in value;
}

/** The members of a JSON object as variables, in their order. */
export function toVariables(value: Record<string, unknown>): Variable[] {
  return Object.entries(value).map(([name, member]) => toVariable(name, member));
}

/** What a name leads to. */
export interface Found {
  readonly variable: Variable;
  /** The value inside of the variable, where the name leads into it; else `undefined`. */
  readonly inside: unknown;
}

/**
 * Follows a name: first as it stands, then as a dotted path into a JSON variable (`db.password`, `hosts.0`), of all that
 * fit the one with the longest name first. A member whose own name has a dot is reached by no path.
 *
 * @param named Gives the variable of a name.
 * @param valueOf Gives what a JSON variable holds, parsed.
 */
export function follow(
  name: string,
  named: (name: string) => Variable | undefined,
  valueOf: (variable: Variable) => unknown,
): Found | undefined {
  const exact = named(name);
  if (exact) return { variable: exact, inside: undefined };
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const owner = named(name.slice(0, dot));
    if (owner?.type !== 'json') continue;
    let value = valueOf(owner);
    for (const part of name.slice(dot + 1).split('.')) {
      value =
        (isJsonObject(value) || Array.isArray(value)) &&
        Object.prototype.propertyIsEnumerable.call(value, part)
          ? (value as Record<string, unknown>)[part]
          : undefined;
    }
    if (value !== undefined) return { variable: owner, inside: value };
  }
  return undefined;
}

function followIn(variables: readonly Variable[], name: string): Found | undefined {
  return follow(
    name,
    (wanted) => variables.find((variable) => variable.name === wanted),
    ({ text }) => parseJson(text),
  );
}

/**
 * Looks a name up, see `follow`. The value is text as it goes on the wire: a string as it is, anything else as JSON.
 *
 * @returns `undefined` when there is no such variable; binary values have no text and count as absent.
 */
export function lookUp(variables: readonly Variable[], name: string): string | undefined {
  const found = followIn(variables, name);
  if (!found) return undefined;
  const { type, text } = found.inside === undefined ? found.variable : toVariable(name, found.inside);
  return type === 'binary' ? undefined : text;
}

/** What a dotted name leads to inside of the variable `owner`; `null` when it leads elsewhere or nowhere. */
export function lookInside(variables: readonly Variable[], owner: string, name: string): Variable | null {
  const found = followIn(variables, name);
  if (found?.inside === undefined || found.variable.name !== owner) return null;
  return toVariable(name, found.inside);
}
