"use client";
import { useId } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Label } from "@/components/ui/label";
import type { ChannelView } from "@/lib/notifications/channels/schemas";

export function ChannelChoice({
  legend,
  channels,
  value,
  error,
  onChange,
}: {
  legend: string;
  channels: readonly ChannelView[];
  value: readonly string[];
  error?: string | undefined;
  onChange: (ids: string[]) => void;
}) {
  const id = useId();
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-[13px] font-medium">{legend}</legend>
      {channels.length === 0 ? (
        <p className="text-xs text-muted-foreground">There is no channel yet: make one under Channels.</p>
      ) : null}
      {channels.map((channel) => (
        <div key={channel.id} className="flex min-h-7 items-center gap-2">
          <Checkbox
            id={`${id}-${channel.id}`}
            checked={value.includes(channel.id)}
            onCheckedChange={(on) => onChange(on === true ? [...value, channel.id] : value.filter((one) => one !== channel.id))}
          />
          <Label htmlFor={`${id}-${channel.id}`} className="font-normal">
            {channel.name}
          </Label>
        </div>
      ))}
      {error ? (
        <p role="alert" className="text-xs text-destructive">
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
