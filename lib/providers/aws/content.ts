import { isJsonObject, parseJson, toVariable, toVariables, WHOLE_SECRET } from '@/lib/core/variables';
import type { SecretContent } from '@/lib/core/variables';

/** The value of a secret as GetSecretValue and BatchGetSecretValue tell it: one of the two. */
export interface StoredValue {
  readonly SecretString?: string | null;
  /** Base64, as in every JSON protocol of AWS. */
  readonly SecretBinary?: string | null;
}

/**
 * What a secret holds: the variables of a JSON object, or one variable `VALUE` with any other JSON, plain
 * text or bytes. `null` when it has no value yet.
 */
export function contentOf({ SecretString: text, SecretBinary: binary }: StoredValue): SecretContent | null {
  if (typeof text === 'string') return textContent(text);
  if (typeof binary === 'string') {
    return { form: 'binary', variables: [{ name: WHOLE_SECRET, type: 'binary', text: binary }] };
  }
  return null;
}

function textContent(text: string): SecretContent {
  const json = tryJson(text);
  if (json === undefined) {
    return { form: 'text', variables: [{ name: WHOLE_SECRET, type: 'string', text }] };
  }
  if (isJsonObject(json)) return { form: 'object', variables: toVariables(json) };
  return { form: 'json', variables: [toVariable(WHOLE_SECRET, json)] };
}

/** `undefined` (which no JSON text means) when the text is not JSON. */
function tryJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
