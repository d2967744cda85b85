import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** Warnings that stay, how many of each, and why. */
const ACCEPTED: Readonly<Record<string, { readonly most: number; readonly why: string }>> = {
  UNSAFE_VAR_ASSIGNMENT: {
    most: 1,
    why: "Vue's runtime can set innerHTML; our templates may not use v-html (vue/no-v-html is an error)",
  },
  KEY_FIREFOX_ANDROID_UNSUPPORTED_BY_MIN_VERSION: {
    most: 1,
    why: 'the add-on is for desktops, where data_collection_permissions is known from 140 on',
  },
};

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
}

/** Mozilla's own linter finds nothing in the Firefox build but what is named above. */
export async function checkWebExt(): Promise<void> {
  const root = join(import.meta.dirname, '..', '..');
  const program = join(root, 'node_modules', 'web-ext', 'bin', 'web-ext.js');
  const source = join(root, '.output', 'firefox-mv3');
  const args = [program, 'lint', '--no-config-discovery', '--output', 'json', '--source-dir', source];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 64 << 20 }, (error, stdout) => {
      // It exits with 1 when it has found an error, and prints its report all the same.
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(error ?? new Error('web-ext lint printed no report'));
    });
  });
  const { errors, warnings, notices } = JSON.parse(output) as Record<
    'errors' | 'warnings' | 'notices',
    Finding[]
  >;
  const counts = new Map<string, number>();
  const refused = [...errors, ...notices];
  for (const warning of warnings) {
    const count = (counts.get(warning.code) ?? 0) + 1;
    counts.set(warning.code, count);
    const accepted = ACCEPTED[warning.code];
    if (accepted && count <= accepted.most) console.log(`accepted: ${warning.code}: ${accepted.why}`);
    else refused.push(warning);
  }
  if (refused.length === 0) return;
  throw new Error(refused.map(({ code, message, file }) => `${code}: ${message} (${file ?? ''})`).join('\n'));
}
