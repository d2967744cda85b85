/** The port that carries `UiEvent`s to our own pages. */
export const UI_PORT = 'ui';
