-- What the simulated prices buy, and the plans of sample accounts as granted by hand: only bob's is
-- bought.
INSERT INTO plan_prices (price_id, plan) VALUES
  ('price_pro_monthly', 'pro'),
  ('price_pro_yearly', 'pro')
  ON CONFLICT DO NOTHING;
UPDATE users SET granted_plan = plan WHERE granted_plan <> plan;
