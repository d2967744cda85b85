import { isJsonObject, parseJson, toVariables, type Variable } from '@/lib/core/variables';

export interface ImportProblem {
  readonly line: number;
  readonly reason: 'no-name' | 'bad-name' | 'open-quote' | 'not-json' | 'not-object';
}

export interface Imported {
  readonly format: 'env' | 'json';
  readonly variables: readonly (Variable & { readonly line: number | null })[];
  readonly problems: readonly ImportProblem[];
}

/** Reads pasted text: a JSON object when it starts like one, else `.env` lines. The last of equal names wins. */
export function readImport(text: string): Imported {
  return /^\s*[{[]/.test(text) ? readJson(text) : readEnv(text);
}

function readJson(text: string): Imported {
  const failed = (reason: 'not-json' | 'not-object', line: number): Imported => ({
    format: 'json',
    variables: [],
    problems: [{ line, reason }],
  });
  let value: unknown;
  try {
    // Editors on Windows put a mark of byte order first, which JSON does not know.
    value = parseJson(text.replace(/^\uFEFF/, ''));
  } catch {
    return failed('not-json', 1);
  }
  if (!isJsonObject(value)) return failed('not-object', 1);
  return {
    format: 'json',
    variables: toVariables(value).map((variable) => ({ ...variable, line: null })),
    problems: [],
  };
}

const ASSIGNMENT = /^\s*(?:export\s+)?([^=:\s#]*)\s*[=:]\s*/;
const NAME = /^[\w.-]+$/;

/**
 * `.env` as dotenv reads it (https://github.com/motdotla/dotenv#rules), which a test compares: `export` in front,
 * three kinds of quotes, values over several lines in them, `\n` and `\r` expanded in double quotes only,
 * comments after ` #`. Variables are not expanded: a secret may hold a `$`.
 */
function readEnv(text: string): Imported {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const variables = new Map<string, Variable & { line: number }>();
  const problems: ImportProblem[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    const start = lines[at] ?? '';
    if (/^\s*(#|$)/.test(start)) continue;
    const assignment = ASSIGNMENT.exec(start);
    const name = assignment?.[1] ?? '';
    if (!assignment || !NAME.test(name)) {
      problems.push({ line, reason: assignment && name !== '' ? 'bad-name' : 'no-name' });
      continue;
    }
    const rest = start.slice(assignment[0].length);
    const quote = /^["'`]/.exec(rest)?.[0];
    let value = rest.replace(/\s*#.*$/, '').trim();
    if (quote) {
      let quoted = rest.slice(1);
      let end = closing(quoted, quote);
      while (end < 0 && at + 1 < lines.length) {
        at += 1;
        quoted += `\n${lines[at] ?? ''}`;
        end = closing(quoted, quote);
      }
      if (end < 0) {
        problems.push({ line, reason: 'open-quote' });
        at = line - 1;
        continue;
      }
      value = quoted.slice(0, end);
      if (quote === '"') value = value.replaceAll('\\n', '\n').replaceAll('\\r', '\r');
    }
    variables.delete(name);
    variables.set(name, { name, type: 'string', text: value, line });
  }
  return { format: 'env', variables: [...variables.values()], problems };
}

/** Where the quoted text ends; a quote behind a backslash does not end it. -1 when it goes on. */
function closing(text: string, quote: string): number {
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
    if (text[at - 1] !== '\\') return at;
  }
  return -1;
}
