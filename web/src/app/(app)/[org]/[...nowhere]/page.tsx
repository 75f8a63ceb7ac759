import { notFound } from "next/navigation";

/** Addresses below an organisation that no page has: inside the shell, not outside of it. */
export default function Nowhere() {
  notFound();
}
