"use client";

/** Which job the Run page shows: it stands in the address, so that a reload, a bookmark or coming back finds it. */
import { useQueryState } from "nuqs";
import { useEffect, useRef } from "react";

import { useDraft } from "@/hooks/draft";

export function useShownJob(): [string | null, (id: string | null) => void] {
  const [inAddress, setInAddress] = useQueryState("job");
  const [{ job: remembered }, change] = useDraft();
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  useEffect(() => {
    if (inAddress === null && remembered !== null) void setInAddress(remembered);
  }, [inAddress, remembered, setInAddress]);
  const show = (id: string | null) => {
    change({ job: id });
    if (isHere.current) void setInAddress(id); // an answer that comes after the page was left is found on return
  };
  return [inAddress ?? remembered, show];
}
