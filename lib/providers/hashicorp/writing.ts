import { AppError } from '@/lib/core/errors';
import type { HashicorpSettings } from '@/lib/core/model';
import { pathProblem } from '@/lib/core/paths';
import type { SecretContent } from '@/lib/core/variables';
import type { SecretProvider } from '@/lib/providers/contract';
import type { SecretMetadata, WritableProvider } from '@/lib/providers/write-contract';
import type { Engine } from './addresses';
import { bodyOf } from './body';
import type { SecretBody } from './body';
import { readVersion, undeleteVersion, versionsOf } from './history';
import type { Limits } from './limits';
import { addMetadata } from './metadata';
import { permissionsAt } from './permissions';
import { lookAt } from './reading';
import type { Reading } from './reading';
import { removePlain, removeVersion } from './remove';
import { writePlain } from './write-plain';
import { writeVersioned } from './write-versioned';
import type { Place } from './write-versioned';

export interface WritingParts {
  readonly settings: HashicorpSettings;
  readonly limits: Limits;
  readonly now: () => number;
  /** The engine as far as it is known by now. */
  known(): Engine | null;
  /** Runs a work on the engine, which is asked for anew when it turns out to be another one. */
  at<T>(path: string, signal: AbortSignal, work: (place: Place) => Promise<T>): Promise<T>;
  /** The same, where the version of the engine must be beyond doubt. @throws AppError `denied` where nobody tells it. */
  sureAt<T>(path: string, signal: AbortSignal, work: (place: Place) => Promise<T>): Promise<T>;
}

/** The writing side of the provider, and what belongs to versions. */
export function createWriting(parts: WritingParts): Omit<WritableProvider, keyof SecretProvider> {
  const { settings, limits, now, known, at, sureAt } = parts;

  function check(path: string, content: SecretContent, version: 1 | 2 | null): SecretBody {
    const problem = pathProblem('hashicorp', path);
    if (problem !== null) throw new AppError('path-invalid', { path, problem });
    const secret = bodyOf(path, content);
    if (version === 2 && secret.unsafe !== null) throw new AppError('number-unsafe', { name: secret.unsafe });
    if (version === 1 && content.variables.length === 0)
      throw new AppError('variable-invalid', { name: '', reason: 'no-variables' });
    limits.check(path, secret, version === 2);
    return secret;
  }

  const isVersioned = (place: Reading) => place.engine.version === 2;

  return {
    check: (path, content) => void check(path, content, known()?.version ?? null),

    async write(path, content, expected, signal, metadata) {
      check(path, content, null);
      return sureAt(path, signal, async (place) => {
        const versioned = isVersioned(place);
        if (limits.isDoubtful(bodyOf(path, content), versioned)) await limits.learn(signal);
        const { json } = check(path, content, place.engine.version);
        if (metadata && versioned && expected.state === 'absent')
          await prepare(place, path, metadata, signal);
        const request = { path, content, json, expected };
        return versioned ? writeVersioned(place, request, signal) : writePlain(place, request, signal);
      });
    },

    remove: (path, expected, { permanent = false }, signal) =>
      sureAt(path, signal, async (place) =>
        isVersioned(place)
          ? removeVersion(place, path, expected, signal)
          : removePlain(place, path, expected, permanent, signal),
      ),

    history: (path, signal) =>
      at(path, signal, async (place) => (isVersioned(place) ? versionsOf(place, path, now(), signal) : null)),

    readVersion: (path, version, signal) =>
      at(path, signal, async (place) =>
        isVersioned(place) ? readVersion(place, path, version, signal) : null,
      ),

    undelete: (path, version, signal) =>
      sureAt(path, signal, async (place) => {
        if (!isVersioned(place)) throw new AppError('missing', { path });
        await undeleteVersion(place, path, version, signal);
      }),

    metadata: (path, signal) =>
      at(path, signal, async (place) => {
        if (!isVersioned(place)) return null;
        // Told along with the data, so no right to the metadata is needed.
        const { version, custom } = await lookAt(place, path, signal);
        return version === 0 ? null : { custom };
      }),

    permissions: (path, signal) => at(path, signal, (place) => permissionsAt(place, settings, path, signal)),
  };
}

/**
 * Metadata goes first, so that a secret that is there is never without it; only where no secret is, so that nobody
 * else's is touched.
 */
async function prepare(
  place: Place,
  path: string,
  { custom }: SecretMetadata,
  signal: AbortSignal,
): Promise<void> {
  if (Object.keys(custom).length === 0) return;
  const { record } = await lookAt(place, path, signal);
  if (record !== null) throw new AppError('conflict', { path });
  await addMetadata(place, path, custom, signal);
}
