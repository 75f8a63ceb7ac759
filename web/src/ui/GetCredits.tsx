"use client";

import Link from "next/link";

import { useCreditSource } from "@/hooks/packs";
import { useMe } from "@/hooks/me";
import { ButtonLink } from "@/ui/Button";

/** How this person gets credits here: buys them, asks the operator, or asks an admin. Nothing while that is not known. */
export function GetCredits({ asButton = false }: { asButton?: boolean }) {
  const { slug, isAdmin } = useMe();
  const source = useCreditSource();
  if (!isAdmin) return <span>Ask an admin of your organisation for credits.</span>;
  if (source === undefined) return null;
  if (source.from === "operator") return <AskOperator contact={source.contact} />;
  const href = `/${slug}/billing`;
  if (asButton)
    return (
      <ButtonLink kind="primary" size="sm" href={href}>
        Buy credits
      </ButtonLink>
    );
  return (
    <Link prefetch={false} href={href} className="font-medium underline underline-offset-2">
      Buy credits
    </Link>
  );
}

/** "Ask support@example.com for credits." The contact is a mail address, or the address of a page. */
export function AskOperator({ contact }: { contact: string | null }) {
  if (contact === null) return <span>Ask the operator of this platform for credits.</span>;
  const isPage = /^https?:\/\//i.test(contact);
  return (
    <span>
      Ask{" "}
      <a
        href={isPage ? contact : `mailto:${contact}`}
        {...(isPage && { target: "_blank", rel: "noreferrer" })}
        className="font-medium wrap-anywhere underline underline-offset-2"
      >
        <bdi>{contact}</bdi>
      </a>{" "}
      for credits.
    </span>
  );
}
