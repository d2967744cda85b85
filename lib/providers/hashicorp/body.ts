import { AppError } from '@/lib/core/errors';
import { isJsonObject, parseJson } from '@/lib/core/variables';
import type { SecretContent, Variable } from '@/lib/core/variables';
import { survivesFloat } from '@/lib/core/decimals';

/** A secret as it goes into a request. */
export interface SecretBody {
  /** The JSON object of its variables, every digit as it stands. */
  readonly json: string;
  /** JSON strings in it as OpenBao counts them: names and texts, at any depth. */
  readonly strings: number;
  /** UTF-8 bytes of `json`. */
  readonly bytes: number;
  /** A variable with a number that KV v2 would change. */
  readonly unsafe: string | null;
}

/**
 * @throws AppError `not-an-object` for a form that KV does not have; `variable-invalid` for a value that is not JSON, or
 *   has half a UTF-16 pair, which the server would replace.
 */
export function bodyOf(path: string, { form, variables }: SecretContent): SecretBody {
  if (form !== 'object') throw new AppError('not-an-object', { path, form });
  let strings = 0;
  let unsafe: string | null = null;

  function walk(value: unknown, name: string): void {
    if (typeof value === 'string') {
      strings += 1;
      if (!value.isWellFormed()) throw new AppError('variable-invalid', { name, reason: 'half-sign' });
    } else if (Array.isArray(value)) {
      for (const one of value) walk(one, name);
    } else if (isJsonObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        walk(key, name);
        walk(member, name);
      }
    } else if (typeof value === 'object' && value !== null && !survivesFloat(JSON.stringify(value))) {
      unsafe ??= name;
    }
  }

  const members = variables.map((variable) => {
    const { name, text, type } = variable;
    walk(name, name.toWellFormed());
    walk(valueOf(variable, path), name);
    return `${JSON.stringify(name)}:${type === 'string' ? JSON.stringify(text) : text}`;
  });
  const json = `{${members.join(',')}}`;
  return { json, strings, unsafe, bytes: new TextEncoder().encode(json).length };
}

/** Parsed before it is spliced in: text that is no JSON could add or hide variables. */
function valueOf({ name, type, text }: Variable, path: string): unknown {
  if (type === 'binary') throw new AppError('not-an-object', { path, form: 'binary' });
  if (type === 'string') return text;
  try {
    return parseJson(text);
  } catch {
    throw new AppError('variable-invalid', { name, reason: 'json' });
  }
}
