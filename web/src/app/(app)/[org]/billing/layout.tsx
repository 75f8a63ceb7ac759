/** Filters and views of these pages stand in the address; the others need not load what that takes. */
export { NuqsAdapter as default } from "nuqs/adapters/next/app";
