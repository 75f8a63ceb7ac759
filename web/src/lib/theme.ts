/**
 * Light, dark, or as the system has it. The choice lies in a cookie, so that the server writes it into <html> and the
 * first picture is already right, without a script.
 */
export const THEME_COOKIE = "theme";
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const YEAR = 365 * 24 * 3600;

/** What a cookie's value means; anything odd is the system's. */
export function themeOf(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? "system";
}

/** The theme that this page has now. */
export function currentTheme(): Theme {
  return themeOf(document.documentElement.dataset.theme);
}

const listeners = new Set<() => void>();

/** Be told when it is switched, wherever on the page that is. */
export function onTheme(tell: () => void): () => void {
  listeners.add(tell);
  return () => void listeners.delete(tell);
}

/** Switch at once, and remember it. */
export function chooseTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  listeners.forEach((tell) => tell());
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${theme === "system" ? 0 : YEAR}; samesite=lax`;
}
