import type { HttpResponse } from '@/lib/providers/transport';

import { TIME_REFUSED } from './errors';
import type { Fault } from './fault';

/** AWS refuses requests more than five minutes off its clock; a little less, as `Date` has whole seconds. */
const SURELY_OFF_MS = 4.5 * 60_000;

/**
 * Whether an answer means that the request's time was refused. The codes are those that the AWS SDKs take
 * for it (smithy-typescript, service-error-classification); where they can mean more, the words or the
 * server's clock decide.
 */
export function isTimeRefused({ code, message }: Fault, sentAt: number, serverTime: number | null): boolean {
  if (/^(RequestExpired|RequestInTheFuture|RequestTimeTooSkewed)/.test(code)) return true;
  if (!/^(InvalidSignature|SignatureDoesNotMatch|AccessDenied|AuthFailure)/.test(code)) return false;
  if (TIME_REFUSED.test(message)) return true;
  return serverTime !== null && Math.abs(serverTime - sentAt) > SURELY_OFF_MS;
}

/**
 * The server's time in milliseconds: from AWS's own words
 * (`… is now earlier than 20261125T010000Z (20261125T010500Z - 5 min.)`), else from the `Date` header,
 * which a proxy in between may have written; `null` where neither tells it.
 */
export function serverTimeOf(response: HttpResponse, { message }: Fault): number | null {
  const said = /\((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z [+-]/.exec(message);
  if (said) {
    const [year, month, day, hour, minute, second] = said.slice(1);
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  }
  const header = Date.parse(response.headers['date'] ?? '');
  return Number.isNaN(header) ? null : header;
}
