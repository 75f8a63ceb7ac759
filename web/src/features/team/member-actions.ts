/** What may be done with a member, and what it means: one row each. */
import type { Member, Role } from "@/hooks/team";

export type MemberAction = "promote" | "demote" | "remove" | "leave" | "refuse";

export interface ActionWords {
  /** In the menu. */
  offer: string;
  title: (name: string) => string;
  meaning: string;
  action: string;
  done: (name: string) => string;
  danger: boolean;
}

export const ACTIONS: Readonly<Record<MemberAction, ActionWords>> = {
  promote: {
    offer: "Make admin…",
    title: (name) => `Make ${name} an admin?`,
    meaning: "Admins buy credits, invite and remove people, make API keys and webhooks, and may delete the organisation. It holds at once.",
    action: "Make admin",
    done: (name) => `${name} is an admin`,
    danger: false,
  },
  demote: {
    offer: "Make member…",
    title: (name) => `Take the admin's role from ${name}?`,
    meaning: "It holds at once. The open invitations that they made are dead; make them again if they are wanted.",
    action: "Make member",
    done: (name) => `${name} is a member`,
    danger: true,
  },
  remove: {
    offer: "Remove…",
    title: (name) => `Remove ${name}?`,
    meaning:
      "They are signed out everywhere at once, and their API keys and open invitations end. What they did stays. They come back by an invitation alone.",
    action: "Remove member",
    done: (name) => `${name} was removed`,
    danger: true,
  },
  leave: {
    offer: "Leave the organisation…",
    title: () => "Leave your organisation?",
    meaning:
      "You are signed out everywhere at once, and your API keys and open invitations end. What you did stays here. You come back by an invitation alone.",
    action: "Leave",
    done: () => "You have left",
    danger: true,
  },
  refuse: {
    offer: "Refuse…",
    title: (name) => `Refuse ${name}?`,
    meaning: "They are not let in, and come in later by an invitation alone.",
    action: "Refuse",
    done: (name) => `${name} was refused`,
    danger: true,
  },
};

/** The role that an action gives; undefined for those that end a membership. */
export function roleAfter(action: MemberAction): Role | undefined {
  return { promote: "admin" as const, demote: "member" as const }[action as "promote" | "demote"];
}

/** What may be done with a member who is in. */
export function actionsFor({ id, role }: Pick<Member, "id" | "role">, ownId: string): MemberAction[] {
  return [role === "admin" ? "demote" : "promote", id === ownId ? "leave" : "remove"];
}

export function nameOf({ name, email }: Pick<Member, "name" | "email">): string {
  return name ?? email;
}
