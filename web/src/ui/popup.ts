/** How everything looks that opens above the page: menus, selects, dialogs. */
export const popupLook =
  "origin-(--transform-origin) rounded-lg border border-line bg-raised text-ink shadow-popup outline-none " +
  "transition-[scale,opacity] duration-100 data-ending-style:scale-98 data-ending-style:opacity-0 " +
  "data-starting-style:scale-98 data-starting-style:opacity-0";

/** A dialog: as high as the screen has room for, and the origin of what is placed in its corner. */
export const dialogLook = `${popupLook} relative flex max-h-[calc(100dvh-1rem)] w-full max-w-md flex-col gap-4 p-5 sm:max-h-[calc(88vh-1rem)]`;

/** A dialog's title may be somebody's address of 254 characters. */
export const titleLook = "text-lg font-semibold wrap-anywhere";

/** A side of the page that opens above it, on a small screen. */
export const sheetLook = "fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] flex-col gap-2 overflow-y-auto border-r border-line bg-raised p-3";

export const itemLook =
  "relative flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 py-1 text-base select-none outline-none " +
  "data-highlighted:bg-hover data-disabled:cursor-not-allowed data-disabled:text-muted [&>svg]:size-4 [&>svg]:shrink-0";

export const backdropLook =
  "fixed inset-0 z-40 bg-black/40 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";
