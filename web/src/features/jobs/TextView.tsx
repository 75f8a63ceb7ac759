/** A text of somebody's, or of a language model's: never markup, its lines kept, every word wrapped, in its own direction. */
export function TextView({ text, label }: { text: string; label: string }) {
  return (
    <div
      dir="auto"
      tabIndex={0}
      role="region"
      aria-label={label}
      className="max-h-72 overflow-y-auto rounded-md border border-line bg-sunken p-3 [unicode-bidi:plaintext] wrap-anywhere whitespace-pre-wrap"
    >
      {text}
    </div>
  );
}
