import { isJsonObject, parseJson } from '@/lib/core/variables';
import type { SecretContent, Variable } from '@/lib/core/variables';
import { decimal } from './decimals';

/**
 * Whether two secrets hold the same values, however the server wrote them: it sorts the keys of objects, and KV v2
 * writes 1.10 as 1.1.
 */
export function sameValues(a: SecretContent, b: SecretContent): boolean {
  if (a.form !== b.form || a.variables.length !== b.variables.length) return false;
  const others = new Map(b.variables.map((variable) => [variable.name, variable]));
  return a.variables.every((variable) => {
    const other = others.get(variable.name);
    if (!other) return false;
    if (variable.type === other.type && variable.text === other.text) return true;
    return valueText(variable) === valueText(other);
  });
}

function valueText({ type, text }: Variable): string {
  if (type !== 'json') return JSON.stringify([type, text]);
  const value = parseJson(text);
  return typeof value === 'string' ? JSON.stringify(['string', value]) : canonical(value);
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
