/** The pages of the application, in the order of the menu: where each lies, and who may see it. */
import {
  Activity,
  BookOpen,
  ChartColumn,
  CreditCard,
  KeyRound,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Play,
  ScrollText,
  Settings,
  UserRound,
  Users,
  Webhook,
} from "lucide-react";

export interface Page {
  label: string;
  href: string;
  icon: LucideIcon;
  group: "Work" | "Organisation" | "More";
  adminOnly?: boolean;
  /** Other pages lie below its address without belonging to it. */
  alone?: boolean;
  /** Where the number of people who wait to be let in stands. */
  showsWaiting?: boolean;
  /** Other words that the command palette finds it by. */
  words?: string;
}

/** The pages that somebody may see. What is hidden here is refused by the API as well. */
export function pagesFor(slug: string, isAdmin: boolean): Page[] {
  const at = (path: string) => `/${encodeURIComponent(slug)}${path}`;
  const pages: Page[] = [
    { label: "Dashboard", href: at(""), icon: LayoutDashboard, group: "Work", alone: true, words: "home balance credits" },
    { label: "Run", href: at("/playground"), icon: Play, group: "Work", words: "playground summarise analyse new job" },
    { label: "Jobs", href: at("/jobs"), icon: ListChecks, group: "Work", words: "history results" },
    { label: "Usage", href: at("/usage"), icon: ChartColumn, group: "Work", words: "spent chart csv export" },
    { label: "Billing", href: at("/billing"), icon: CreditCard, group: "Organisation", words: "buy credits ledger transactions" },
    { label: "Members", href: at("/members"), icon: Users, group: "Organisation", adminOnly: true, showsWaiting: true, words: "invite people roles team" },
    { label: "API keys", href: at("/api-keys"), icon: KeyRound, group: "Organisation", adminOnly: true, words: "tokens secrets" },
    { label: "Webhooks", href: at("/webhooks"), icon: Webhook, group: "Organisation", adminOnly: true, words: "deliveries replay endpoints" },
    { label: "Audit log", href: at("/audit"), icon: ScrollText, group: "Organisation", adminOnly: true, words: "events who history" },
    { label: "Settings", href: at("/settings"), icon: Settings, group: "Organisation", adminOnly: true, words: "name delete export domain" },
    { label: "API reference", href: "/docs", icon: BookOpen, group: "More", words: "documentation openapi" },
    { label: "Status", href: "/status", icon: Activity, group: "More", words: "health" },
  ];
  return pages.filter((page) => isAdmin || !page.adminOnly);
}

export const ACCOUNT_PAGE = { label: "Your account", href: "/account", icon: UserRound, words: "profile sessions theme" };

/** Which page an address belongs to: itself, or one that it lies below. */
export function pageAt(pages: readonly Page[], pathname: string): Page | undefined {
  const isWithin = ({ href, alone }: Page) => pathname === href || (!alone && pathname.startsWith(`${href}/`));
  return pages.find(isWithin);
}
