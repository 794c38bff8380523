"use client";
import { useState, type FormEvent } from "react";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { LETTER_STATES, type LetterOptions, type SetLetterOptions } from "./use-letter-filter";
import { CODES, SOURCE_LABEL, sourceLabel } from "./words";

const STATE_LABEL = { all: "All", open: "Open", replayed: "Replayed" } as const;

/** What only this list knows: state, source and code. */
export function LetterOptionsBar({ options, setOptions }: { options: LetterOptions; setOptions: SetLetterOptions }) {
  const { state, source, code } = options;
  // A source in the address that has no label here is still shown.
  const sources = [...new Set([...Object.keys(SOURCE_LABEL), ...(source ? [source] : [])])];
  return (
    <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="List options" data-print="hidden">
      <Segmented
        label="State"
        options={LETTER_STATES.map((value) => ({ value, label: STATE_LABEL[value] }))}
        value={state}
        onChange={(chosen) => void setOptions({ state: chosen })}
      />
      <Select value={source ?? "any"} onValueChange={(chosen) => void setOptions({ source: chosen === "any" ? null : chosen })}>
        <SelectTrigger size="sm" aria-label="Source">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value="any">Any source</SelectItem>
          {sources.map((each) => (
            <SelectItem key={each} value={each}>
              {sourceLabel(each)}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      <CodeOption key={code} code={code ?? ""} onSubmit={(text) => void setOptions({ code: text || null })} />
    </div>
  );
}

/** Counts when it is finished: on Enter, on leaving it, or when a suggestion is taken. */
function CodeOption({ code, onSubmit }: { code: string; onSubmit: (text: string) => void }) {
  const [text, setText] = useState(code);
  const finish = (typed: string) => {
    if (typed.trim() !== code) onSubmit(typed.trim());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    finish(text);
  };
  return (
    <form onSubmit={submit}>
      <Input
        aria-label="Code, exactly"
        placeholder="Any code"
        list="dead-letter-codes"
        className="h-8 w-40 px-2.5 text-[13px]"
        value={text}
        maxLength={64}
        onChange={({ target: { value } }) => {
          setText(value);
          if ((CODES as readonly string[]).includes(value)) finish(value);
        }}
        onBlur={() => finish(text)}
      />
      <datalist id="dead-letter-codes">
        {CODES.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </datalist>
    </form>
  );
}
