import * as v from 'valibot';

import {
  CONFIGURATION_FORMAT,
  CONFIGURATION_VERSION,
  configurationSchema,
  FILE_PROBLEMS,
  MOST,
  type Configuration,
  type FileProblem,
  type FileWorkspace,
} from './configuration';
import { AppError } from './errors';
import { jsonPlaces, lineAt } from './json-places';

type Path = readonly (string | number)[];

/** Names that mean something to JavaScript: in a file they are never there by accident. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);
/** Deeper than the format goes. */
const DEEPEST = 12;

/**
 * Reads a configuration file, strictly: what is not exactly as the format says is refused, with the place.
 *
 * @throws AppError `file-invalid` with `reason` and, where they are known, `line`, `column` and `where`. No text of
 *   the file but names of fields is in it.
 */
export function readConfiguration(text: string): Configuration {
  if (text.length > MOST.characters) throw refused('too-large');
  const given = parse(text);
  checkNames(text);
  if (!isRecord(given) || given.format !== CONFIGURATION_FORMAT) throw refused('not-keyferry');
  if (typeof given.version === 'number' && given.version > CONFIGURATION_VERSION) {
    throw refused('newer', placed(text, ['version']));
  }
  const read = v.safeParse(configurationSchema, given, { abortEarly: true, abortPipeEarly: true });
  if (!read.success) {
    const [issue] = read.issues;
    throw refused(reasonOf(issue), placed(text, pathOf(issue)));
  }
  checkWhole(read.output, (reason, path) => refused(reason, placed(text, path)));
  return read.output;
}

function refused(reason: FileProblem, details: Record<string, string | number> = {}): AppError {
  return new AppError('file-invalid', { reason, ...details });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // Chromium: "… (line 3 column 5)"; Firefox: "… at line 3 column 5 of the JSON data". The rest quotes the file.
    const [, line, column] = /line (\d+) column (\d+)/.exec(String(error)) ?? [];
    throw refused('not-json', line && column ? { line: Number(line), column: Number(column) } : {});
  }
}

/** What parsing would hide: reserved names and names given twice. */
function checkNames(text: string): void {
  for (const { path, offset, repeated } of jsonPlaces(text)) {
    const last = path.at(-1);
    const reserved = typeof last === 'string' && RESERVED.has(last);
    if (!reserved && !repeated && path.length <= DEEPEST) continue;
    const reason = reserved ? 'reserved-name' : repeated ? 'duplicate' : 'wrong-type';
    throw refused(reason, { ...lineAt(text, offset), where: written(path.slice(0, DEEPEST)) });
  }
}

function reasonOf(issue: v.BaseIssue<unknown>): FileProblem {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'unknown-field';
  return FILE_PROBLEMS.find((known) => known === issue.message) ?? 'wrong-type';
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}

/** Where a path stands, or the nearest thing around it that is there. */
function placed(text: string, path: Path): Record<string, string | number> {
  let best: { readonly length: number; readonly offset: number } = { length: 0, offset: 0 };
  for (const { path: here, offset } of jsonPlaces(text)) {
    const fits = here.length > best.length && here.length <= path.length;
    if (fits && here.every((part, at) => part === path[at])) best = { length: here.length, offset };
    if (best.length === path.length) break;
  }
  return { ...lineAt(text, best.offset), ...(path.length > 0 ? { where: written(path) } : {}) };
}

/** `workspaces[0].name`, each name cut to what can be shown. */
function written(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part.replace(/[^\w-]/g, '?').slice(0, 40)}`))
    .join('')
    .replace(/^\./, '');
}

/** What no single field shows: names and ids given twice, references to nothing, totals. */
function checkWhole(
  { global, workspaces }: Configuration,
  refuse: (reason: FileProblem, path: Path) => AppError,
): void {
  const once = createOnce(refuse);
  if (global && !global[global.provider]) throw refuse('bad-reference', ['global', 'provider']);
  const totals = { environments: 0, testers: 0, grants: 0 };
  for (const [at, workspace] of workspaces.entries()) {
    const here = ['workspaces', at];
    const own = workspace.connection;
    if (own && !own[own.provider]) throw refuse('bad-reference', [...here, 'connection', 'provider']);
    once('workspace', workspace.id, [...here, 'id']);
    once('name', workspace.name.trim().normalize('NFKC').toLowerCase(), [...here, 'name']);
    checkEnvironments(workspace, here, refuse, once);
    checkTesters(workspace, here, refuse, once);
    totals.environments += workspace.environments.length;
    totals.testers += workspace.testers.length;
    totals.grants += workspace.testers.reduce((sum, { grants }) => sum + grants.length, 0);
    for (const kind of ['environments', 'testers', 'grants'] as const) {
      if (totals[kind] > MOST[kind]) throw refuse('too-many', here);
    }
  }
}

type Once = ReturnType<typeof createOnce>;

function createOnce(refuse: (reason: FileProblem, path: Path) => AppError) {
  const seen = new Set<string>();
  return (...[kind, value, path]: [kind: string, value: string, path: Path]) => {
    const key = `${kind} ${value}`;
    if (seen.has(key)) throw refuse('duplicate', path);
    seen.add(key);
  };
}

function checkEnvironments(
  { environments }: FileWorkspace,
  here: Path,
  refuse: (reason: FileProblem, path: Path) => AppError,
  once: Once,
): void {
  for (const [at, { id, sync, path }] of environments.entries()) {
    once('environment', id, [...here, 'environments', at, 'id']);
    if (!sync) continue;
    if (path === '') throw refuse('bad-path', [...here, 'environments', at, 'path']);
    once(`path in ${here.join(' ')}`, path, [...here, 'environments', at, 'path']);
  }
}

function checkTesters(
  { environments, testers }: FileWorkspace,
  here: Path,
  refuse: (reason: FileProblem, path: Path) => AppError,
  once: Once,
): void {
  const known = new Set(environments.map(({ id }) => id));
  for (const [at, { origin, environment, grants }] of testers.entries()) {
    const tester = [...here, 'testers', at];
    once('tester', origin, [...tester, 'origin']);
    if (!known.has(environment)) throw refuse('bad-reference', [...tester, 'environment']);
    for (const [index, grant] of grants.entries()) {
      const path = [...tester, 'grants', index];
      if (!known.has(grant.environment)) throw refuse('bad-reference', [...path, 'environment']);
      once(`grant of ${origin} ${grant.environment}`, grant.destination, [...path, 'destination']);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
