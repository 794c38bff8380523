-- Who was told of one thing: its page asks.
CREATE INDEX "notification_path_id_idx" ON "notification"("path", "id");
