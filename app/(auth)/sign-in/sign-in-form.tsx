"use client";
import { LogIn, TriangleAlert } from "lucide-react";
import { useRef, useState, type FormEvent } from "react";
import { Logo } from "@/components/layout/sidebar";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { signInWithPassword, startSso } from "./sign-in";

export interface DemoLogin {
  email: string;
  password: string;
  role: string;
  limited: boolean;
}

export interface SignInFormProps {
  workspace: string;
  /** Where to go afterwards: a path of ours. */
  next: string;
  sso: boolean;
  demo: DemoLogin[];
  error?: string;
}

export function SignInForm({ workspace, next, sso, demo, error: initialError }: SignInFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(initialError);
  const passwordInput = useRef<HTMLInputElement>(null);
  const submit = useRef<HTMLButtonElement>(null);

  async function attempt(work: () => Promise<string>) {
    setBusy(true);
    setError(undefined);
    try {
      // A full load: everything that the page knows from now on is the person's own.
      window.location.assign(await work());
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : "Signing in failed. Try again.");
      setBusy(false);
      passwordInput.current?.focus();
    }
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      await signInWithPassword({ email, password });
      return next;
    });
  }

  return (
    <Card className="w-full max-w-sm gap-5 p-6">
      <header>
        <Logo />
        <h1 className="mt-4 text-xl font-semibold tracking-tight">Sign in</h1>
        <p className="mt-0.5 text-[13px] text-muted-foreground">{workspace}</p>
      </header>
      {error ? (
        <p role="alert" className="flex items-start gap-2 rounded-md bg-destructive-muted px-3 py-2 text-[13px] text-destructive">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {error}
        </p>
      ) : null}
      {/* method: should the browser send the form before React is there, a GET would put the password into the address */}
      <form method="post" onSubmit={onSubmit} className="flex flex-col gap-3.5">
        <div className="flex flex-col gap-1.5">
          <Label htmlFor="email">Email</Label>
          <Input
            id="email"
            name="email"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </div>
        <div className="flex flex-col gap-1.5">
          <Label htmlFor="password">Password</Label>
          <Input
            ref={passwordInput}
            id="password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </div>
        <Button ref={submit} type="submit" disabled={busy}>
          <LogIn aria-hidden /> {busy ? "Signing in…" : "Sign in"}
        </Button>
      </form>
      {sso ? (
        <Button variant="outline" disabled={busy} onClick={() => void attempt(() => startSso(next))}>
          Sign in with single sign-on
        </Button>
      ) : null}
      {demo.length > 0 ? (
        <section aria-labelledby="demo-logins" className="border-t pt-4">
          <h2 id="demo-logins" className="text-[13px] font-medium">
            Demo logins
          </h2>
          <p className="mt-0.5 text-xs text-muted-foreground">
            The demo fleet is simulated. Choose who to be: the form is filled in for you.
          </p>
          <div className="mt-2.5 flex flex-wrap gap-1.5">
            {demo.map((login) => (
              <Button
                key={login.email}
                variant="outline"
                size="sm"
                onClick={() => {
                  setEmail(login.email);
                  setPassword(login.password);
                  setError(undefined);
                  submit.current?.focus();
                }}
              >
                <span className="capitalize">{login.role}</span>
                {login.limited ? <span className="font-normal text-muted-foreground">one tenant</span> : null}
              </Button>
            ))}
          </div>
        </section>
      ) : null}
    </Card>
  );
}
