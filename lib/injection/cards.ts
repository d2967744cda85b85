import { addressClass, isPlainHttp } from './address';
import type { Approval, Place } from './contract';
import { digest } from './digest';
import type { Waiting } from './ledger';

/** What requests must share to stand on one card: everything that the card says about them but their places. */
function groupOf(one: Waiting): string {
  const { reason, testerId, origin, environmentId, environmentName, production, boundTo } = one;
  const { destination, method, path, proxy, bareOnly } = one;
  return JSON.stringify([
    ...[reason, testerId, origin, environmentId, environmentName, production, boundTo],
    ...[destination, method, path, proxy, bareOnly],
  ]);
}

/**
 * Puts requests that were on no card yet on new ones, so that a card never grows after it was shown: what
 * the user sees is what the answer is for.
 *
 * @returns The records that changed.
 */
export function dealCards(waiting: readonly Waiting[], newId: () => string): Waiting[] {
  const cards = new Map<string, string>();
  return waiting
    .filter(({ card }) => card === null)
    .map((one) => {
      const group = groupOf(one);
      const card = cards.get(group) ?? newId();
      cards.set(group, card);
      return { ...one, card };
    });
}

function mergePlaces(requests: readonly Waiting[]): Place[] {
  const places = requests.flatMap((request) => request.places);
  return [...new Map(places.map((place) => [`${place.header} ${place.name}`, place])).values()];
}

/** A card of the requests on it; its id is a hash of what it shows, so an answer to anything else is told. */
async function toApproval(
  requests: readonly [Waiting, ...Waiting[]],
): Promise<Omit<Approval, 'needsAccess'>> {
  const [first] = requests;
  const destination = new URL(first.destination);
  const shown = {
    reason: first.reason,
    requestIds: requests.map(({ requestId }) => requestId).sort(),
    tester: first.origin,
    testerId: first.testerId,
    environmentId: first.environmentId,
    environmentName: first.environmentName,
    production: first.production,
    destination: first.destination,
    method: first.method,
    path: first.path,
    places: mergePlaces(requests),
    address: addressClass(destination.hostname),
    plainHttp: isPlainHttp(destination),
    proxy: first.proxy,
    bareOnly: first.bareOnly,
  };
  return {
    ...shown,
    id: await digest([first.boundTo, shown]),
    heldSince: Math.min(...requests.map(({ heldSince }) => heldSince)),
  };
}

/** The cards that have been dealt, oldest first. */
export async function cardsOf(waiting: readonly Waiting[]): Promise<Omit<Approval, 'needsAccess'>[]> {
  const dealt = Map.groupBy(
    waiting.filter(({ card }) => card !== null),
    ({ card }) => card,
  );
  const cards = await Promise.all(
    [...dealt.values()].flatMap(([first, ...rest]) => (first ? [toApproval([first, ...rest])] : [])),
  );
  return cards.sort((a, b) => a.heldSince - b.heldSince);
}
