import { redirect } from "next/navigation";

/** Where a sign-in by an invitation ends. Its address told the sign-in which invitation it was. */
export default function JoinedPage(): never {
  redirect("/");
}
