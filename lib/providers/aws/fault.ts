import type { HttpResponse } from '@/lib/providers/transport';

/** What an AWS answer says went wrong. `message` stays inside this folder: it may quote headers. */
export interface Fault {
  /** Without namespace and suffix; '' where the answer names none. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

/**
 * Reads an error answer. AWS sends JSON whose `__type` may carry `namespace#` and `:suffix`, with
 * `Message` or `message`; emulators and gateways in between answer in XML or not at all in AWS's way.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
 */
export function readFault({ status, headers, text }: HttpResponse): Fault {
  const body = jsonFault(text) ?? xmlFault(text);
  const type = body?.code || headers['x-amzn-errortype'] || '';
  return { code: bareCode(type), message: body?.message ?? '', status };
}

/** `com.amazonaws#ThrottlingException:http://…` → `ThrottlingException`. */
export function bareCode(type: string): string {
  return (type.split(':')[0] ?? '').split('#').at(-1) ?? '';
}

function jsonFault(text: string): { code: string; message: string } | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    return { code: firstText(body.__type, body.code), message: firstText(body.Message, body.message) };
  } catch {
    return null;
  }
}

function xmlFault(text: string): { code: string; message: string } | null {
  const code = /<Code>([A-Za-z.]+)<\/Code>/.exec(text)?.[1];
  return code ? { code, message: /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? '' } : null;
}

function firstText(...candidates: unknown[]): string {
  return candidates.find((candidate) => typeof candidate === 'string') ?? '';
}
