"use client";

import { useEffect, useLayoutEffect, useRef, useState } from "react";

const AFTER = 300; // milliseconds, so that a pointer passing by shows nothing
const GRACE = 120; // milliseconds to get from the element onto the words
const GAP = 6;
const EDGE = 8;

interface Shown {
  words: string;
  of: DOMRect;
}

/** Shows the words of every `Tooltip` of the page, one at a time. They stay while pointed at; Escape takes them away. */
export function TipLayer() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => watchTips(setShown), []);
  return shown && <Tip key={`${shown.words} ${shown.of.left} ${shown.of.top}`} {...shown} />;
}

function Tip({ words, of }: Shown) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const tip = box.current;
    if (!tip) return;
    const { width, height } = tip.getBoundingClientRect();
    const left = of.left + of.width / 2 - width / 2;
    const top = of.top - height - GAP;
    tip.style.left = `${Math.max(EDGE, Math.min(left, window.innerWidth - width - EDGE))}px`;
    tip.style.top = `${top >= EDGE ? top : of.bottom + GAP}px`;
  }, [of]);
  return (
    <div ref={box} aria-hidden data-tip-layer className="fixed z-80 max-w-72 rounded-md bg-ink px-2 py-1 text-xs text-canvas shadow-popup">
      {words}
    </div>
  );
}

/** Tell of the element with a tip that is pointed at or has the focus, and of none. Returns how to stop. */
function watchTips(tell: (shown: Shown | null) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (milliseconds: number, work: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
  const show = (element: Element) => tell({ words: element.getAttribute("data-tip") ?? "", of: element.getBoundingClientRect() });
  const over = ({ target, pointerType }: PointerEvent) => {
    if (!(target instanceof Element) || pointerType === "touch") return;
    if (target.closest("[data-tip-layer]")) return clearTimeout(timer);
    const element = target.closest("[data-tip]");
    if (element) later(AFTER, () => show(element));
    else later(GRACE, () => tell(null));
  };
  const focus = ({ target }: FocusEvent) => {
    const element = target instanceof Element && target.matches(":focus-visible") ? target.closest("[data-tip]") : null;
    if (element) later(0, () => show(element));
  };
  const hide = () => later(0, () => tell(null));
  const key = (event: KeyboardEvent) => event.key === "Escape" && hide();
  const stop = new AbortController();
  const { signal } = stop;
  document.addEventListener("pointerover", over, { signal });
  document.addEventListener("focusin", focus, { signal });
  document.addEventListener("focusout", hide, { signal });
  document.addEventListener("pointerdown", hide, { signal });
  document.addEventListener("keydown", key, { signal });
  document.addEventListener("scroll", hide, { signal, capture: true });
  return () => {
    clearTimeout(timer);
    stop.abort();
  };
}
