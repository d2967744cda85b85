import { isJsonObject, parseJson } from '@/lib/core/variables';
import { AppError } from '@/lib/core/errors';
import type { HttpResponse } from '@/lib/providers/transport';

/**
 * The body of an answer as an object; `null` when it is none (204, HTML of a gateway, an empty 404).
 * Numbers may lose digits here: values of secrets go through `exactBody`.
 */
export function body(answer: HttpResponse): Record<string, unknown> | null {
  return read(answer.text, JSON.parse);
}

/** The same with every number's text kept. */
export function exactBody(answer: HttpResponse): Record<string, unknown> | null {
  return read(answer.text, parseJson);
}

/**
 * `data` of a successful answer.
 *
 * @throws AppError `malformed-answer` when a 200 brings no JSON with a `data` object.
 */
export function data(answer: HttpResponse, host: string): Record<string, unknown> {
  const found = body(answer)?.['data'];
  if (isJsonObject(found)) return found;
  throw new AppError('malformed-answer', { host, status: answer.status });
}

/** The server's error texts in one string; '' when there are none. Never put into an error of ours. */
export function errorText(answer: HttpResponse): string {
  const errors = body(answer)?.['errors'];
  return Array.isArray(errors) ? errors.join('\n') : answer.text.slice(0, 500);
}

/** KV v2 answers a path of KV v1 style with this warning and 404 (vault-plugin-secrets-kv, backend.go). */
export function isVersionedWarning(answer: HttpResponse): boolean {
  return answer.status === 404 && answer.text.includes('Invalid path for a versioned K/V secrets engine');
}

function read(text: string, parse: (text: string) => unknown): Record<string, unknown> | null {
  try {
    const parsed = parse(text);
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
