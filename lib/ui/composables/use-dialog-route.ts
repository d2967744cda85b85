import { useRouter } from 'vue-router';

/** Dialogs are routes above their page: closing one goes back where it came from, so that Back does not open it again. */
export function useDialogRoute(page: () => string) {
  const router = useRouter();
  return {
    close: async (): Promise<void> => {
      const { back } = router.options.history.state;
      if (back === page()) router.back();
      else await router.replace(page());
    },
  };
}
