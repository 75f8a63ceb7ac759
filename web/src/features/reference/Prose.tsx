import { Fragment } from "react";

/** A description of the document: paragraphs, and `code` as code. */
export function Prose({ text, className = "" }: { text: string; className?: string }) {
  const blocks = text.split("\n\n").filter((block) => block.trim());
  return (
    <div className={`flex flex-col gap-2 ${className}`}>
      {blocks.map((block) => (
        <p key={block}>
          <Line text={block.replaceAll("\n", " ")} />
        </p>
      ))}
    </div>
  );
}

/** A sentence or two, with `code` as code. */
export function Line({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 1 ? (
      <code key={index} className="rounded-sm bg-hover px-1 font-mono text-xs break-words text-ink">
        {part}
      </code>
    ) : (
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}
