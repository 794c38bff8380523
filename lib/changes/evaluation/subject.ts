/** What the audit chain calls a change, and evaluation runs what they speak for. */
export const subjectOf = (changeId: string): string => `change:${changeId}`;

export const changeIdOf = (subject: string): string | null => /^change:([0-9a-f-]{36})$/.exec(subject)?.[1] ?? null;
