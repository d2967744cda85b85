import { decimal } from './decimals';
import { isJsonObject, parseJson, type SecretContent, type Variable } from './variables';

/**
 * Whether two secrets hold the same values, however the server wrote them: it sorts the keys of objects, and KV v2
 * writes 1.10 as 1.1.
 */
export function sameValues(a: SecretContent, b: SecretContent): boolean {
  if (a.form !== b.form || a.variables.length !== b.variables.length) return false;
  const others = new Map(b.variables.map((variable) => [variable.name, variable]));
  return a.variables.every((variable) => sameValue(variable, others.get(variable.name) ?? null));
}

/** Whether two variables have the same value, whatever their names: `null` is a variable that is not there. */
export function sameValue(a: Variable | null, b: Variable | null): boolean {
  if (a === null || b === null) return a === b;
  return (a.type === b.type && a.text === b.text) || valueText(a) === valueText(b);
}

/** Begins with the kind of value: the text of no JSON value may be taken for that of a string. */
function valueText({ type, text }: Variable): string {
  if (type !== 'json') return `${type}:${text}`;
  const value = parseJson(text);
  return typeof value === 'string' ? `string:${value}` : `json:${canonical(value)}`;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value).sort();
    return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
  }
  const text = JSON.stringify(value);
  const isNumber = typeof value === 'number' || (typeof value === 'object' && value !== null);
  return isNumber ? decimal(text) : text;
}
