/** How everything looks that opens above the page: menus, selects, dialogs. */
export const popupLook =
  "origin-(--transform-origin) rounded-lg border border-line bg-raised text-ink shadow-popup outline-none " +
  "transition-[scale,opacity] duration-100 data-ending-style:scale-98 data-ending-style:opacity-0 " +
  "data-starting-style:scale-98 data-starting-style:opacity-0";

export const itemLook =
  "relative flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 py-1 text-base select-none outline-none " +
  "data-highlighted:bg-hover data-disabled:cursor-not-allowed data-disabled:text-muted [&>svg]:size-4 [&>svg]:shrink-0";

export const backdropLook =
  "fixed inset-0 z-40 bg-black/40 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";
