import { describe, expect, it } from 'vitest';

import { AppError } from '@/lib/core/errors';
import { isLost } from '@/lib/providers/aws/lost';
import { UNSENT } from '@/lib/providers/transport';

describe('a write that failed', () => {
  it.each([
    ['no answer', new AppError('connection-reset'), true],
    ['a fault of the server', new AppError('server-error', { status: 500 }), true],
    ['a success that cannot be read', new AppError('malformed-answer', { status: 200 }), true],
    // As a proxy on the way gives, which tells nothing of what became of the write.
    ['an answer that is not of AWS', new AppError('malformed-answer', { status: 400 }), true],
    [
      'a fault that AWS names',
      new AppError('malformed-answer', { status: 400, fault: 'NewException' }),
      false,
    ],
    ['a line that broke', new AppError('offline'), true],
    ['a computer that was offline before', new AppError('offline', { [UNSENT]: 1 }), false],
    ['a refusal', new AppError('denied'), false],
    ['a conflict', new AppError('conflict'), false],
  ])('by %s may have happened: %#', (_what, error, lost) => {
    expect(isLost(error)).toBe(lost);
  });
});
