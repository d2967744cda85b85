import { describe, expect, it } from 'vitest';
import { isTimeRefused, serverTimeOf } from '@/lib/providers/aws/clock';

const MINUTE = 60_000;
const SENT = Date.UTC(2026, 10, 25, 0, 40);

describe('whether the time was refused', () => {
  it.each([
    ['RequestTimeTooSkewed', '', 0, true],
    ['RequestExpired', '', 0, true],
    ['RequestInTheFuture', '', 0, true],
    ['InvalidSignatureException', 'Signature expired: …', 0, true],
    ['InvalidSignatureException', 'Signature not yet current: …', 0, true],
    // Without a word about time the server's clock decides.
    ['InvalidSignatureException', 'The request signature we calculated does not match', 0, false],
    ['InvalidSignatureException', 'The request signature we calculated does not match', 4, false],
    ['InvalidSignatureException', 'The request signature we calculated does not match', 20, true],
    ['SignatureDoesNotMatch', '', -20, true],
    ['AccessDeniedException', '', 20, true],
    ['AccessDeniedException', '', 0, false],
    ['AuthFailure', '', 20, true],
    ['ThrottlingException', 'Signature expired', 20, false],
    ['UnrecognizedClientException', '', 20, false],
  ])('%s "%s" by a clock %d min off: %s', (code, message, minutes, refused) => {
    expect(isTimeRefused({ code, message, status: 400 }, SENT, SENT + minutes * MINUTE)).toBe(refused);
  });

  it('is not known without the time of the server', () => {
    expect(isTimeRefused({ code: 'AuthFailure', message: '', status: 400 }, SENT, null)).toBe(false);
  });
});

describe("the server's time", () => {
  const timeOf = (message: string, date?: string) =>
    serverTimeOf(
      { status: 400, headers: date ? { date } : {}, text: '' },
      { code: '', message, status: 400 },
    );

  it('is what AWS says, then what the header says', () => {
    const expired =
      'Signature expired: 20261125T004000Z is now earlier than 20261125T005500Z (20261125T010000Z - 5 min.)';
    const early =
      'Signature not yet current: 20261125T014000Z is still later than 20261125T010500Z (20261125T010000Z + 5 min.)';
    expect(timeOf(expired, 'Thu, 01 Jan 1970 00:00:00 GMT')).toBe(Date.UTC(2026, 10, 25, 1));
    expect(timeOf(early)).toBe(Date.UTC(2026, 10, 25, 1));
    expect(timeOf('Signature expired', 'Wed, 25 Nov 2026 01:00:00 GMT')).toBe(Date.UTC(2026, 10, 25, 1));
    expect(timeOf('')).toBeNull();
    expect(timeOf('', 'nonsense')).toBeNull();
  });
});
