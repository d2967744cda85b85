import { computed, onMounted, ref, useTemplateRef } from 'vue';

import { errorText } from '@/lib/core/copy/errors';
import { AppError } from '@/lib/core/errors';
import { accessPattern, originMeant } from '@/lib/core/origins';
import { useOutside } from '@/lib/ui/client';
import { useAct } from '@/lib/ui/composables/use-act';
import { hostOf } from '@/lib/ui/format';
import { useEnvironmentsStore } from '@/lib/ui/stores/environments';

interface OriginForm {
  /** What is said when the address is missing. */
  readonly missing: string;
  /** The environment as long as the user has chosen none. */
  readonly ownEnvironment: () => string | undefined;
  /** Why the worker would refuse an origin: known before the browser is asked. */
  readonly refusalOf: (origin: string) => AppError | null;
  /** What to do with an origin that the browser has given access to. */
  readonly add: (origin: string, environmentId: string) => Promise<void>;
}

/**
 * A form of an origin, typed by hand, and an environment, that asks the browser for access to the origin. The address
 * field, with a `focus` of its own, is the template's `field`.
 */
export function useOriginForm({ missing, ownEnvironment, refusalOf, add }: OriginForm) {
  const outside = useOutside();
  const environments = useEnvironmentsStore();
  const { busy, failure, act } = useAct();
  const field = useTemplateRef<{ focus(): void }>('field');

  const typed = ref('');
  /** A wish to go on came while there was no address. */
  const tried = ref(false);
  const chosen = ref<string | null>(null);

  const origin = computed(() => originMeant(typed.value));
  const options = computed(() =>
    (environments.view ?? []).map(({ id: value, name: label }) => ({ value, label })),
  );
  const environmentId = computed({
    get: () => chosen.value ?? ownEnvironment() ?? options.value[0]?.value ?? '',
    set: (id) => {
      chosen.value = id;
    },
  });
  const refusal = computed(() => (origin.value === null ? null : refusalOf(origin.value)));
  const problem = computed(() => {
    if (refusal.value) return errorText(refusal.value).sentence;
    return tried.value && origin.value === null ? missing : '';
  });
  /** The host that the browser will be asked about; empty for none. */
  const askedHost = computed(() => (origin.value === null || refusal.value ? '' : hostOf(origin.value)));

  async function submit(): Promise<void> {
    tried.value = true;
    const wanted = origin.value;
    if (wanted === null || refusal.value) {
      field.value?.focus();
      return;
    }
    await act(async () => {
      // First of all: the browser asks only while it counts this as the click.
      const access = outside.requestHostAccess(accessPattern(wanted));
      if (!(await access)) throw new AppError('host-permission', { host: hostOf(wanted) });
      await add(wanted, environmentId.value);
    });
  }

  onMounted(() => field.value?.focus());

  return { typed, origin, options, environmentId, problem, askedHost, busy, failure, submit };
}
