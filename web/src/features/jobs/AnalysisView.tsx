import type { ReactNode } from "react";
import type * as z from "zod";

import type { zAnalyzeOutput } from "@/api/generated/v1/zod.gen";
import { count } from "@/lib/format";
import { Badge, type Tone } from "@/ui/Badge";
import { cn } from "@/ui/cn";

export type Analysis = z.infer<typeof zAnalyzeOutput>;

const FEELING: Readonly<Record<Analysis["sentiment"]["label"], { says: string; tone: Tone }>> = {
  positive: { says: "Positive", tone: "good" },
  neutral: { says: "Neutral", tone: "neutral" },
  negative: { says: "Negative", tone: "bad" },
  mixed: { says: "Mixed", tone: "warn" },
  unknown: { says: "Can't be told", tone: "neutral" },
};

/** What a text is like, to be read. */
export function AnalysisView({ analysis }: { analysis: Analysis }) {
  const { topics, sentiment, readability, key_sentences, word_count, sentence_count, language } = analysis;
  const feeling = FEELING[sentiment.label];
  return (
    <dl className="grid gap-4 sm:grid-cols-2">
      <Part name="Topics" wide>
        {topics.length === 0 ? (
          <p className="text-muted">None found.</p>
        ) : (
          <ul className="flex flex-wrap gap-1.5">
            {topics.map((topic) => (
              <li key={topic} dir="auto" className="rounded-md bg-hover px-2 py-0.5 wrap-anywhere">
                {topic}
              </li>
            ))}
          </ul>
        )}
      </Part>
      <Part name="Sentiment">
        <Badge tone={feeling.tone}>{feeling.says}</Badge>
        {sentiment.score !== null && <span className="figures ml-2 text-muted">{signedScore(sentiment.score)}, from −1 to 1</span>}
      </Part>
      <Part name="Readability">
        <Readability {...readability} />
      </Part>
      <Part name="Key sentences" wide>
        <ul className="flex flex-col gap-2">
          {key_sentences.map((sentence, index) => (
            <li key={index} dir="auto" className="border-s-2 border-line ps-3 [unicode-bidi:plaintext] wrap-anywhere whitespace-pre-wrap">
              {sentence}
            </li>
          ))}
        </ul>
      </Part>
      <Part name="Length and language" wide>
        <span className="figures">
          {count(word_count, "word")} in {count(sentence_count, "sentence")}, {languageName(language)}
        </span>
      </Part>
    </dl>
  );
}

function Part({ name, wide = false, children }: { name: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={cn("min-w-0", wide && "sm:col-span-2")}>
      <dt className="mb-1 text-sm text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Readability({ score, formula, reason }: Analysis["readability"]) {
  if (score === null) return <span className="wrap-anywhere text-muted">{reason ?? "Can't be told."}</span>;
  return (
    <>
      <span className="figures font-medium">{Math.round(score)}</span>
      <span className="ml-2 text-muted">{ease(score)}</span>
      {formula && <span className="block text-sm wrap-anywhere text-muted">{formula}; higher is easier</span>}
    </>
  );
}

/** "−0.14", with a true minus. */
function signedScore(score: number): string {
  return score.toFixed(2).replace("-", "\u2212");
}

function ease(score: number): string {
  if (score >= 70) return "easy to read";
  if (score >= 50) return "fairly easy to read";
  return score >= 30 ? "hard to read" : "very hard to read";
}

/** "German" for "de"; the code itself where nobody knows it. */
function languageName(code: string): string {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
