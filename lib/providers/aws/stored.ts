import { AppError } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import { parseJson, WHOLE_SECRET } from '@/lib/core/variables';
import type { SecretContent, Variable } from '@/lib/core/variables';

import type { StoredValue } from './content';

/**
 * The most that a secret holds, in bytes of UTF-8 or of the binary value itself.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
const MOST_BYTES = 65_536;

/**
 * A secret as CreateSecret and PutSecretValue take it; `contentOf` the other way round. JSON is put together
 * from the variables' own texts, so 9007199254740993 and 1.10 stay as they are; plain text and bytes keep
 * their form.
 *
 * @throws AppError `variable-invalid` where a JSON variable is no JSON.
 */
export function storedOf({ form, variables }: SecretContent): StoredValue {
  if (form === 'object') return { SecretString: `{${variables.map(member).join(',')}}` };
  const [whole] = variables;
  if (!whole) throw new AppError('variable-invalid', { name: WHOLE_SECRET, reason: 'absent' });
  if (form === 'binary') return { SecretBinary: whole.text };
  return { SecretString: form === 'text' ? whole.text : jsonOf(whole) };
}

function member(variable: Variable): string {
  return `${JSON.stringify(variable.name)}:${jsonOf(variable)}`;
}

function jsonOf({ name, type, text }: Variable): string {
  if (type !== 'json') return JSON.stringify(text);
  try {
    parseJson(text);
  } catch {
    throw new AppError('variable-invalid', { name, reason: 'json' });
  }
  return text;
}

/**
 * Whether AWS would take this, told before anything is sent.
 *
 * @throws AppError `path-invalid`, `too-large` (with kilobytes), `variable-invalid` for an empty value.
 */
export function checkStorable(path: string, content: SecretContent): void {
  const problem = pathProblem('aws', path);
  if (problem) throw new AppError('path-invalid', { path, problem });
  const bytes = sizeOf(storedOf(content));
  if (bytes === 0) throw new AppError('variable-invalid', { name: WHOLE_SECRET, reason: 'empty' });
  if (bytes > MOST_BYTES) {
    const details = { path, kilobytes: Math.ceil(bytes / 1024), most: MOST_BYTES / 1024 };
    throw new AppError('too-large', details);
  }
}

function sizeOf({ SecretString: text, SecretBinary: binary }: StoredValue): number {
  if (typeof text === 'string') return new TextEncoder().encode(text).length;
  const digits = (binary ?? '').replace(/[=\s]/g, '').length;
  return Math.floor((digits * 3) / 4);
}

/** Whether two stored values are the same, byte for byte. */
export function sameStored(a: StoredValue, b: StoredValue): boolean {
  return (
    (a.SecretString ?? null) === (b.SecretString ?? null) &&
    (a.SecretBinary ?? null) === (b.SecretBinary ?? null)
  );
}
