/** The first thing that the Tab key finds: past the menu. */
export function SkipLink() {
  return (
    <a
      href="#main"
      className="fixed top-2 left-2 z-70 -translate-y-16 rounded-md bg-accent-solid px-3 py-2 font-medium text-white focus:translate-y-0"
    >
      Skip to the content
    </a>
  );
}
