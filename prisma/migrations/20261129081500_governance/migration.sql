-- Baselines, campaigns, documented choices of endpoints, and quarterly reviews.
CREATE TABLE "baseline" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "name" TEXT NOT NULL,
  "scope" JSON NOT NULL,
  "from_at" TIMESTAMPTZ(3) NOT NULL,
  "to_at" TIMESTAMPTZ(3) NOT NULL,
  "values" JSON NOT NULL,
  "tenants" TEXT[],
  "created_by_name" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "baseline_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "campaign" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "name" TEXT NOT NULL,
  "metric" TEXT NOT NULL,
  "scope" JSON NOT NULL,
  "start_value" DECIMAL(38,9) NOT NULL,
  "target_value" DECIMAL(38,9) NOT NULL,
  "starts_at" TIMESTAMPTZ(3) NOT NULL,
  "ends_at" TIMESTAMPTZ(3) NOT NULL,
  "owner" TEXT NOT NULL,
  "revenue_per_request" DECIMAL(38,9),
  "tenants" TEXT[],
  "created_by_name" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "campaign_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "endpoint_choice" (
  "endpoint" TEXT NOT NULL,
  "document" JSON NOT NULL,
  "updated_by_name" TEXT NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "endpoint_choice_pkey" PRIMARY KEY ("endpoint")
);

CREATE TABLE "advisor_review" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "at" TIMESTAMPTZ(3) NOT NULL,
  "by_name" TEXT NOT NULL,
  "note" TEXT NOT NULL,
  "result" JSON NOT NULL,
  CONSTRAINT "advisor_review_pkey" PRIMARY KEY ("id")
);
