/** Swagger UI by its own buttons and fields, as a person uses it. */
import type { Locator, Page } from '@playwright/test';

/** Swagger UI in a page; operations and schemes are named as in `openapi.ts`. */
export interface SwaggerUi {
  /** Types into the fields of one security scheme, from top to bottom, and presses Authorize. */
  authorize(scheme: string, ...typed: string[]): Promise<void>;
  /** Opens an operation, types into its fields and presses Execute. @returns The operation's part of the page. */
  execute(operation: string, ...typed: string[]): Promise<Locator>;
}

/** @param page Shows Swagger UI, or will soon. */
export function createSwaggerUi(page: Page): SwaggerUi {
  return {
    async authorize(scheme, ...typed) {
      await page.locator('.btn.authorize').click();
      const form = page
        .locator('.auth-container')
        .filter({ has: page.getByRole('heading', { name: new RegExp(`^${scheme}\\b`) }) });
      const fields = form.locator('input[type="text"], input[type="password"]');
      for (const [at, text] of typed.entries()) await fields.nth(at).fill(text);
      await form.getByRole('button', { name: /^(apply|authorize)/i }).click();
      await form.getByRole('button', { name: /logout|remove/i }).waitFor();
      await page
        .getByRole('button', { name: /^close$/i })
        .last()
        .click();
    },
    async execute(operation, ...typed) {
      const block = page.locator(`[id$="-${operation}"]`);
      await block.locator('.opblock-summary-control').click();
      const fields = block.locator('.parameters input, .body-param__text');
      for (const [at, text] of typed.entries()) await fields.nth(at).fill(text);
      await block.locator('button.execute').click();
      return block;
    },
  };
}

/** The status that an operation's part shows for its last answer, once there is one. */
export const statusIn = (block: Locator): Locator =>
  block.locator('.live-responses-table .response .response-col_status');
