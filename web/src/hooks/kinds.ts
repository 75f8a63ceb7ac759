/** The kinds of work that the Run page offers. In a file of their own, because every page names jobs, and few need zod. */
export const KINDS = ["summarize", "analyze", "extract"] as const;
export type Kind = (typeof KINDS)[number];
